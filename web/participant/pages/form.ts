/** A questionnaire: one form, checked when it is sent, each fault said at its question. */
import type { AnswersBody, QuestionToAsk } from "../../../src/study/contract/api.ts";
import { element, setText } from "../dom.ts";
import type { Say } from "../texts.ts";
import { page } from "./page.ts";

type Answers = AnswersBody["answers"];
type Answer = Answers[string] | undefined;

export interface Form {
  title: string;
  questions: readonly QuestionToAsk[];
  /** As they were before a reload. */
  answers: Answers;
  onInput(answers: Answers): void;
  /** @returns why they were not taken, or undefined */
  onSend(answers: Answers): Promise<string | undefined>;
}

export function formPage(root: HTMLElement, form: Form, say: Say): Promise<void> {
  const fields = form.questions.map((question) => createField(question, form.answers[question.id], say));
  const errors = element("p", { class: "error-summary", role: "alert", tabindex: -1 });
  const send = element("button", { type: "submit", class: "primary" }, say("form.submit"));
  const read = () =>
    Object.fromEntries(fields.flatMap(({ id, read }) => (read() === undefined ? [] : [[id, read()!]]))) as Answers;
  return new Promise((resolve) => {
    const submit = async () => {
      if (send.getAttribute("aria-disabled") === "true") return;
      const faulty = fields.filter((field) => !field.check());
      setText(errors, faulty.length > 0 ? say("form.errors") : "");
      if (faulty.length > 0) return faulty[0].focus();
      send.setAttribute("aria-disabled", "true");
      const why = await form.onSend(read());
      send.removeAttribute("aria-disabled");
      if (why === undefined) return resolve();
      setText(errors, why);
      errors.focus();
    };
    page(
      root,
      form.title,
      element(
        "form",
        {
          novalidate: true,
          autocomplete: "off",
          oninput: () => form.onInput(read()),
          onsubmit: (event: SubmitEvent) => {
            event.preventDefault();
            void submit();
          },
        },
        errors,
        ...fields.map(({ element }) => element),
        element("div", { class: "choices" }, send),
      ),
    );
  });
}

interface Field {
  id: string;
  element: HTMLElement;
  /** Undefined when it is not answered. A number that cannot be read is NaN. */
  read(): Answer;
  /** Says what is wrong, if something is. */
  check(): boolean;
  focus(): void;
}

function createField(question: QuestionToAsk, before: Answer, say: Say): Field {
  const { id, text, required, options } = question;
  const name = `question-${id}`;
  const error = element("p", { class: "error", id: `${name}-error` });
  const label = [text, !required && element("span", { class: "optional" }, ` (${say("form.optional")})`)] as const;
  const { control, inputs, read } = options === undefined ? writtenAnswer() : pickedAnswer(options);

  function writtenAnswer() {
    const common = { id: name, name, "aria-describedby": error.id, "aria-required": String(required) };
    const input =
      question.type === "long-text"
        ? element("textarea", { ...common, rows: 4, maxlength: 5_000 })
        : element("input", {
            ...common,
            type: "text",
            maxlength: 5_000,
            inputmode: question.type === "number" ? "decimal" : undefined,
            "data-least": question.least,
            "data-greatest": question.greatest,
          });
    if (typeof before === "string" || typeof before === "number") input.value = String(before);
    const read = (): Answer => {
      const value = input.value.trim();
      if (value === "") return undefined;
      return question.type === "number" ? Number(value.replace(",", ".")) : value;
    };
    const control = element("div", { class: "field" }, element("label", { for: name }, ...label), input, error);
    return { control, inputs: [input], read };
  }

  function pickedAnswer(options: readonly string[]) {
    const several = question.type === "some-of";
    const picked = Array.isArray(before) ? before : [before];
    const inputs = options.map((option, i) =>
      element("input", {
        type: several ? "checkbox" : "radio",
        name,
        id: `${name}-${i}`,
        checked: picked.includes(option),
      }),
    );
    const read = (): Answer => {
      const chosen = options.filter((_, i) => inputs[i].checked);
      if (chosen.length === 0) return undefined;
      return several ? chosen : chosen[0];
    };
    const control = element(
      "fieldset",
      { class: "field", "aria-describedby": error.id },
      element("legend", {}, ...label),
      ...options.map((option, i) => element("label", { class: "option" }, inputs[i], element("span", {}, option))),
      error,
    );
    if (!several) control.setAttribute("role", "radiogroup");
    return { control, inputs, read };
  }

  return {
    id,
    element: control,
    read,
    check() {
      const fault = faultOf(question, read(), say);
      setText(error, fault ?? "");
      for (const input of inputs) {
        if (fault === undefined) input.removeAttribute("aria-invalid");
        else input.setAttribute("aria-invalid", "true");
      }
      return fault === undefined;
    },
    focus: () => inputs[0].focus(),
  };
}

function faultOf({ type, required, least, greatest }: QuestionToAsk, answer: Answer, say: Say): string | undefined {
  if (answer === undefined) return required ? say("form.required") : undefined;
  if (type !== "number") return undefined;
  if (typeof answer !== "number" || !Number.isFinite(answer)) return say("form.number");
  const low = least !== undefined && answer < least;
  const high = greatest !== undefined && answer > greatest;
  if (!low && !high) return undefined;
  if (least !== undefined && greatest !== undefined) return say("form.range", { least, greatest });
  return low ? say("form.least", { least: least! }) : say("form.greatest", { greatest: greatest! });
}
