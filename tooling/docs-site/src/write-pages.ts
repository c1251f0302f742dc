import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED_PAGES } from './pages/generated-pages.js';
import { ROOT } from './repository.js';

/** Writes the pages that are made from the sources. */
export function writePages(): readonly string[] {
  return Object.entries(GENERATED_PAGES).map(([file, make]) => {
    writeFileSync(path.join(ROOT, file), make());
    return file;
  });
}
