/** More tries than this are not worth waiting for. */
const MOST_TRIES = 80;

/**
 * Drops frames while what is left still fails: first halves, then smaller parts, then single frames.
 * @param fails whether these frames, and only these, fail
 */
export async function smallest(frames: readonly Uint8Array[], fails: (some: readonly Uint8Array[]) => Promise<boolean>): Promise<readonly Uint8Array[]> {
  let kept = frames;
  let tries = 0;
  for (let part = Math.ceil(frames.length / 2); part >= 1 && tries < MOST_TRIES; ) {
    let isSmaller = false;
    for (let at = 0; at < kept.length && kept.length > 1 && tries < MOST_TRIES; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + part)];
      tries += 1;
      if (without.length > 0 && (await fails(without))) {
        kept = without;
        isSmaller = true;
      } else {
        at += part;
      }
    }
    if (part === 1 && !isSmaller) break;
    part = part === 1 ? 1 : Math.ceil(part / 2);
  }
  return kept;
}
