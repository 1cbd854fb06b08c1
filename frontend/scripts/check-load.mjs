// Measures what a browser loads for the first page, and fails over the budgets: JavaScript, styles and fonts as they go
// over the wire (gzip, which every server has; Brotli is smaller). It builds for itself, so it measures what is there.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
const SIGN_IN = ["main.tsx"];
const BUDGETS = [
  { page: "sign-in", modules: SIGN_IN, most: 200_000 },
  { page: "dashboard", modules: [...SIGN_IN, "console.tsx", "pages/dashboard/index.tsx"], most: 420_000 },
];

const { output } = await build({ logLevel: "error", build: { write: false } });
const byName = new Map(output.map((made) => [made.fileName, made]));

/** Every file that a module needs before it can run. */
function filesOf(fileName, found = new Set()) {
  if (found.has(fileName)) return found;
  found.add(fileName);
  const { imports = [], viteMetadata } = byName.get(fileName);
  for (const style of viteMetadata?.importedCss ?? []) found.add(style);
  for (const needed of imports) filesOf(needed, found);
  return found;
}

function chunkOf(module) {
  const made = output.find(({ moduleIds }) => moduleIds?.includes(SOURCE + module));
  if (made === undefined) throw new Error(`the build has no ${module}`);
  return made.fileName;
}

const fonts = output.filter(({ fileName }) => /\.(woff2?|ttf|otf)$/.test(fileName));
if (fonts.length > 0) throw new Error(`the build has fonts of its own: ${fonts.map(({ fileName }) => fileName)}`);
for (const { page, modules, most } of BUDGETS) {
  const files = [...new Set(modules.flatMap((module) => [...filesOf(chunkOf(module))]))];
  const sizes = files.map((file) => {
    const made = byName.get(file);
    return gzipSync(made.code ?? made.source, { level: 9 }).length;
  });
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > most) process.exitCode = 1;
  console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB in ${files.length} files, at most ${most / 1000} kB`);
  if (process.argv.includes("--files")) files.forEach((file, at) => console.log(`  ${file} ${sizes[at]}`));
}
