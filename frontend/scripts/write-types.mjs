// Writes the types of the API from its published contract. They are made anew for every build and every test, so they
// cannot be out of date; what is already as it should be is left alone, so that no watcher wakes.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTypescript, { astToString } from "openapi-typescript";

const CONTRACT = new URL("../../docs/api/openapi.json", import.meta.url);
const FOLDER = new URL("../src/api/generated/", import.meta.url);
const TARGET = new URL("schema.d.ts", FOLDER);

const HEAD = "// Generated from docs/api/openapi.json by `npm run types`: never edited.\n\n";
const text = HEAD + astToString(await openapiTypescript(CONTRACT, { alphabetize: true, defaultNonNullable: false }));
const present = await readFile(TARGET, "utf8").catch(() => "");
if (present !== text) {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(TARGET, text);
}
