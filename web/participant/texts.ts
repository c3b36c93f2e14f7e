/**
 * Every word of the participant's pages, in English. A study in another language, or with other words, names a YAML file
 * under `texts` in its study file, with any of these names and its own wording:
 *
 *     consent.agree: Ich stimme zu
 *     trial.progress: "{done} von {total}"
 *
 * `{name}` stands for a value and may be moved or left out. What the file does not name stays English. The question,
 * the consent and the questionnaires are not here: they are the study file's own.
 */
export const english = {
  "page.loading": "One moment …",
  "page.continue": "Continue",
  "page.progress": "{done} of {total}",
  "page.progress-label": "Pairs done",
  "page.storage": "This browser keeps nothing for this page. Please do not close or reload it until you have finished.",

  "banner.offline": "The connection is lost. Your answers are kept on this device and sent as soon as it is back.",
  "banner.busy": "The server is busy. Your answer is kept and sent again in a moment.",
  "banner.back": "The connection is back. Everything is saved.",

  "consent.title": "Before you decide to take part",
  "consent.agree": "I agree and take part",
  "consent.decline": "I do not agree",
  "consent.delete": "You can leave at any time without giving a reason; what was recorded is then deleted.",
  "consent.keep": "You can leave at any time without giving a reason; what was recorded until then is kept.",

  "form.before": "A few questions first",
  "form.after": "A few questions at the end",
  "form.optional": "optional",
  "form.submit": "Send and continue",
  "form.required": "Please answer this question.",
  "form.number": "Please enter a number.",
  "form.range": "Please enter a number from {least} to {greatest}.",
  "form.least": "Please enter a number of at least {least}.",
  "form.greatest": "Please enter a number of at most {greatest}.",
  "form.errors": "Some answers are missing or cannot be read. They are marked below.",

  "intro.title": "What you will do",
  "intro.pairs": "You will see pairs of images, {total} in all. Each time the question is: “{question}”",
  "intro.choose": "Choose an image by clicking or tapping it, or with the button below it.",
  "intro.keys": "With a keyboard, F or ← chooses the left image, J or → the right one.",
  "intro.mark":
    "Then mark the regions of the image that made you choose, as exactly as you can. Paint over them with the brush, or draw around them with the lasso.",
  "intro.unsure": "Some pairs are hard. Take your time and choose what seems more likely to you.",
  "intro.practice": "You begin with practice, and are told each time whether you were right.",
  "intro.resume":
    "Everything is saved as you go. If the connection breaks or the page closes, open it again on this device to go on.",
  "intro.begin": "Begin",

  "rest.title": "Time for a short rest",
  "rest.text": "{done} of {total} pairs are done. Look away from the screen for a moment, and go on when you like.",

  "trial.practice": "Practice",
  "trial.loading": "The images are being loaded …",
  "trial.look": "Look at both images.",
  "trial.choose": "Choose an image.",
  "trial.left": "Left",
  "trial.right": "Right",
  "trial.upper": "Upper",
  "trial.lower": "Lower",
  "trial.choose-left": "Choose the left image",
  "trial.choose-right": "Choose the right image",
  "trial.choose-upper": "Choose the upper image",
  "trial.choose-lower": "Choose the lower image",
  "trial.image-left": "Left image",
  "trial.image-right": "Right image",
  "trial.image-upper": "Upper image",
  "trial.image-lower": "Lower image",
  "trial.chosen": "Your choice",
  "trial.change": "Change my choice",
  "trial.saving": "Saving …",
  "trial.refused": "That could not be saved: {message}",

  "mark.chosen": "Mark the regions that made you choose this image.",
  "mark.both": "Mark on both images the regions that made you choose.",
  "mark.area": "Mark a little more: {area} of the image is marked, at least {least} is needed.",
  "mark.none": "Nothing is marked yet. Once you begin, your choice is final.",
  "mark.none-now": "Nothing is marked now.",
  "mark.regions": "Mark another region: {regions} of at least {least} separate regions so far.",
  "mark.area-left": "Left image: mark a little more, at least {least} of it ({area} so far).",
  "mark.area-right": "Right image: mark a little more, at least {least} of it ({area} so far).",
  "mark.regions-left": "Left image: {regions} of at least {least} separate regions so far.",
  "mark.regions-right": "Right image: {regions} of at least {least} separate regions so far.",
  "mark.area-upper": "Upper image: mark a little more, at least {least} of it ({area} so far).",
  "mark.area-lower": "Lower image: mark a little more, at least {least} of it ({area} so far).",
  "mark.regions-upper": "Upper image: {regions} of at least {least} separate regions so far.",
  "mark.regions-lower": "Lower image: {regions} of at least {least} separate regions so far.",
  "mark.enough": "Enough is marked. Go on marking, or continue.",
  "mark.full": "No more marks can be kept on this image. Undo or clear some to draw others.",
  "mark.tools": "Marking tools",
  "mark.brush": "Brush",
  "mark.lasso": "Lasso",
  "mark.eraser": "Eraser",
  "mark.move": "Move",
  "mark.size": "Size",
  "mark.size-value": "{percent} of the image's width",
  "mark.undo": "Undo",
  "mark.redo": "Redo",
  "mark.clear": "Clear",
  "mark.zoom-in": "Zoom in",
  "mark.zoom-out": "Zoom out",
  "mark.zoom-value": "Zoom {percent}",
  "mark.continue": "Continue",
  "mark.surface":
    "Drawing area. Arrow keys move the pen, with Shift further; Space puts it down and lifts it; Escape drops the line.",
  "mark.pen-down": "Pen down.",
  "mark.pen-up": "Pen up.",
  "mark.pen-dropped": "Line dropped.",
  "mark.keys": "Keys",
  "mark.keys-tools": "Brush, lasso, eraser, move",
  "mark.keys-size": "Smaller or larger brush",
  "mark.keys-undo": "Undo, redo",
  "mark.keys-zoom": "Zoom in, out, whole image",
  "mark.keys-move": "Move the pen; with Shift further",
  "mark.keys-draw": "Pen down and up",
  "mark.keys-drop": "Drop the line being drawn",
  "mark.keys-continue": "Continue, when enough is marked",

  "feedback.right": "That is right.",
  "feedback.wrong": "That is not right.",
  "feedback.answer-left": "It is the left image.",
  "feedback.answer-right": "It is the right image.",
  "feedback.answer-upper": "It is the upper image.",
  "feedback.answer-lower": "It is the lower image.",

  "withdraw.open": "Leave the study",
  "withdraw.title": "Leave the study?",
  "withdraw.delete": "What was recorded of you is deleted. This cannot be undone.",
  "withdraw.keep": "What was recorded until now is kept, without your name. You cannot come back.",
  "withdraw.confirm": "Leave the study",
  "withdraw.stay": "Stay",

  "complete.title": "Thank you",
  "complete.text": "You have finished, and everything is saved.",
  "complete.code": "Your completion code",
  "complete.copy": "Copy the code",
  "complete.copied": "Copied.",
  "complete.select": "The code is selected: copy it with your keyboard or by holding it.",
  "complete.return": "Return and finish",

  "ineligible.title": "Thank you for your interest",
  "ineligible.text": "By your answers this study is not for you. You can close this page.",
  "full.title": "The study is complete",
  "full.text": "Enough people have taken part. Thank you for your interest; you can close this page.",
  "expired.title": "Your time has run out",
  "expired.text":
    "You were away for longer than this study allows, so it cannot be continued. You can close this page.",
  "withdrawn.title": "You have left the study",
  "withdrawn.delete": "What was recorded of you has been deleted. You can close this page.",
  "withdrawn.keep": "What was recorded until then is kept. You can close this page.",
  "declined.title": "You do not take part",
  "declined.text": "Nothing was recorded. You can close this page.",
  "declined.back": "Read the consent again",
  "elsewhere.title": "The study is open in another tab",
  "elsewhere.text": "It can be done in one tab only. Everything you did here is kept.",
  "elsewhere.here": "Continue here",
  "already-joined.title": "You have taken part already",
  "already-joined.text":
    "Somebody with your participant number has joined this study. If you began in another browser, go on there.",
  "unknown.title": "This session is not known any more",
  "unknown.text": "The server does not know this browser's session.",
  "unknown.again": "Begin anew",
  "preview.title": "This is a preview",
  "preview.text": "Accept the task on the platform to take part.",
  "uninvited.title": "Please open the study from the platform",
  "uninvited.text": "The link lacks your participant number. Open it from where you were invited.",
  "fault.title": "Something went wrong",
  "fault.text":
    "What you did is kept on this device. Load the page again to go on; if this stays, tell the researchers:",
  "fault.again": "Load again",
} as const;

export type TextName = keyof typeof english;
export type Say = (name: TextName, values?: Record<string, string | number>) => string;

/** @param own wording by name, from the study; names that are none of the pages' are of no effect */
export function createSay(own: Record<string, string>): Say {
  return (name, values = {}) =>
    (Object.hasOwn(own, name) ? own[name] : english[name]).replace(/\{(\w+)\}/g, (place, key: string) =>
      Object.hasOwn(values, key) ? String(values[key]) : place,
    );
}
