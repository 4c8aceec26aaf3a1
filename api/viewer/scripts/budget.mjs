// Our own code stays small on a cheap phone: the build fails where it does not.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_KB = 120; // all modes together, compressed, beside MapLibre
const FIRST_KB = 45; // what the first view fetches
const FIRST = /^(page|shell|mapa)-/;
const assets = new URL("../dist/assets/", import.meta.url);

const own = readdirSync(assets).filter((name) => name.endsWith(".js") && !/^map(libre)?-/.test(name))
  .map((name) => ({ name, size: gzipSync(readFileSync(new URL(name, assets)), { level: 9 }).length / 1024 }));
const sum = (files) => files.reduce((total, { size }) => total + size, 0);
const all = sum(own);
const first = sum(own.filter(({ name }) => FIRST.test(name)));
console.log(`own JS, compressed: ${all.toFixed(1)} KB of ${MOST_KB}, first view ${first.toFixed(1)} KB of ${FIRST_KB}`);
if (own.length === 0 || all > MOST_KB || first > FIRST_KB) process.exit(1);
