import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser: `CHROMIUM` names it, else the first one in the path. */
function executable(): string {
  const named = process.env['CHROMIUM'];
  const places = named === undefined ? (process.env['PATH'] ?? '').split(path.delimiter).flatMap((directory) => NAMES.map((name) => path.join(directory, name))) : [named];
  const found = places.find(isProgram);
  if (found === undefined) throw new Error(`No Chromium found. Install it (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium npm run test:dashboard`);
  return found;
}

/** A headless browser. */
export function openBrowser(): Promise<Browser> {
  // As root the sandbox of Chromium does not start.
  return chromium.launch({ executablePath: executable(), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
