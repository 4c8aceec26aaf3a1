// How texts are said: a table of labels becomes a function that says them in a language.

import type { Label, Language } from "../atlas";

/** Say a text in a language; each `{}` in it is replaced by the next value. */
export type Say<Id extends string> = (id: Id, language: Language, ...values: (string | number)[]) => string;

export function speaker<Id extends string>(texts: Record<Id, Label>): Say<Id> {
  return (id, language, ...values) => {
    let next = 0;
    return texts[id][language].replace(/\{\}/g, () => String(values[next++] ?? ""));
  };
}
