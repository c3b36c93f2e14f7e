/** What a new study has in place of a consent text, until somebody writes one. */

/** As long as a consent text holds these words, it is no consent text. */
export const templateMark = "THIS IS A TEMPLATE, NOT A CONSENT TEXT.";

export const consentTemplate = `${templateMark}
Replace all of it by the text that your ethics board approved, and give it a version.

Purpose: who runs this study, at which institution, what it is to find out, and who pays for it.

What you will do: you will see pairs of images and choose one of each; depending on your group you will also mark regions
of it. This takes about … minutes.

Payment: … on completion.

Data: which answers, marks and times are recorded, where and for how long they are kept, who may see them, and whether
they are published without names.

Your rights: taking part is voluntary. You may stop at any time without giving a reason. What then becomes of what you
have done is said here as it is set below (withdrawal).

Contact: name, address and e-mail of the person responsible, of the data protection officer and of the ethics board, with
the number of its approval.
`;
