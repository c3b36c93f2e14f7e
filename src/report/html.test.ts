import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { html, trustedHtml } from "./html.ts";

test("values are escaped, HTML is not, nothing is left of null and false", () => {
  const item = (name: string) => html`<li>${name}</li>`;
  expect(html`<ul title="${`"'`}">${["a<b", "c&d"].map(item)}${null}${false}${0}</ul>`.text).toBe(
    '<ul title="&quot;&#39;"><li>a&lt;b</li><li>c&amp;d</li>0</ul>',
  );
  expect(`${html`${trustedHtml("<b>")}`}`).toBe("<b>");
});

test("any text comes out of a browser's parser as it went in, between tags and in attributes", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "a", "/", "=", " ", "script") }), (text) => {
      const { document } = parseHTML(html`<!doctype html><p title="${text}">${text}</p>`.text);
      expect(document.querySelectorAll("*").length).toBe(document.querySelectorAll("html, head, body, p").length);
      expect(document.querySelector("p")?.textContent).toBe(text);
      expect(document.querySelector("p")?.getAttribute("title")).toBe(text);
    }),
  );
});
