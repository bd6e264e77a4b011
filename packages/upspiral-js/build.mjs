// What is published? The modules that the server itself sends, with their types.
//
// node build.mjs [folder to write to] [path of tsc]

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const source = join(root, "src/upspiral/server/browser/component");
const out = process.argv[2] ?? here;
const tsc = process.argv[3] ?? join(root, "tests/browser/node_modules/.bin/tsc");

rmSync(join(out, "dist"), { recursive: true, force: true });
mkdirSync(join(out, "dist"), { recursive: true });
for (const name of readdirSync(source).filter((one) => one.endsWith(".js"))) {
  cpSync(join(source, name), join(out, "dist", name));
}
execFileSync(tsc, ["--project", join(here, "tsconfig.json"), "--outDir", join(out, "dist")], { stdio: "inherit" });
cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
