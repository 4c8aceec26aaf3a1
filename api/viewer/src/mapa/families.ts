// Indicators as a reader chooses them: what is measured, of whom, within how many minutes, walking how.
// All of it is read from the registry's own words about each column.

import type { Column, Language, Layer } from "../atlas";
import { titleParts } from "../formats";

export interface Choice {
  column: Column;
  family: string;
  /** Service or group of people, "" where it is of everybody. */
  topic: string;
  minutes: number | null;
  profile: string;
}

export interface Family {
  id: string;
  method: string;
  choices: Choice[];
}

const MINUTES = /(?<=^|_)(\d+)min(?=_|$)/;

/** Columns of all levels, each once, gathered into families. */
export function familiesOf(areas: Layer[]): Family[] {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  for (const column of areas.flatMap((layer) => layer.columns)) {
    if (seen.has(column.name)) continue;
    seen.add(column.name);
    const choice = choiceOf(column);
    const family = families.get(choice.family) ?? { id: choice.family, method: column.method ?? "", choices: [] };
    family.choices.push(choice);
    families.set(choice.family, family);
  }
  return [...families.values()];
}

function choiceOf(column: Column): Choice {
  const about = [column.service, column.group, column.profile].filter((topic) => topic !== null);
  const minutes = MINUTES.exec(column.name)?.[1];
  const family = about.reduce((name, topic) => name.replace(topic, "{}"), column.name).replace(MINUTES, "#min");
  return {
    column, family, topic: column.service ?? column.group ?? "", minutes: minutes ? Number(minutes) : null,
    profile: column.profile ?? "",
  };
}

const distinct = <Value>(values: Value[]): Value[] => [...new Set(values)];

/** What is measured, without for whom; minutes that may be chosen are left open. */
export function familyTitle(family: Family, language: Language): string {
  const [first] = family.choices;
  if (!first) return "";
  const [title] = titleParts(first.column.title, language);
  const open = distinct(family.choices.map((choice) => choice.minutes)).length > 1;
  return open && first.minutes !== null ? title.replace(String(first.minutes), "…") : title;
}

/** What a topic, or a profile, is called: the parts of the title after the measure. */
export function partTitle(choice: Choice, part: "topic" | "profile", language: Language): string {
  const parts = choice.column.title[language].split(": ").slice(1);
  const said = part === "profile" ? parts.at(-1) : choice.profile ? parts.slice(0, -1).join(": ") : parts.join(": ");
  return said ? said.charAt(0).toUpperCase() + said.slice(1) : "";
}

/** The choice of a family nearest to one wanted: the same topic first, then profile, then minutes. */
export function nearest(family: Family, wanted: Omit<Choice, "column" | "family">): Choice | undefined {
  const score = (choice: Choice): number =>
    4 * Number(choice.topic === wanted.topic) + 2 * Number(choice.profile === wanted.profile) +
    Number(choice.minutes === wanted.minutes);
  return family.choices.reduce<Choice | undefined>(
    (best, choice) => (!best || score(choice) > score(best) ? choice : best), undefined);
}
