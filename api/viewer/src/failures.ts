// What people are told when a request fails.

import { RequestError } from "./atlas";
import type { Language } from "./atlas";
import { sayShell } from "./texts/shell";

/** The service's own words, that there is no connection, or `otherwise`. */
export function explain(error: unknown, otherwise: string, language: Language): string {
  if (error instanceof RequestError && error.message) return error.message;
  return navigator.onLine ? otherwise : `${otherwise} ${sayShell("offline", language)}`;
}
