import { machineDisk } from '../write/recording-disk.js';
import type { RecordingDisk } from '../write/recording-disk.js';

/** A disk that can be told to stand still or to refuse. */
export interface MoodyDisk extends RecordingDisk {
  /** Writes wait until `release`. */
  hold(): void;
  release(): void;
  /** What writes reject with; undefined: they work. */
  refuse: Error | undefined;
  /** What the next sync rejects with. */
  refuseSync: Error | undefined;
  readonly counts: { writes: number; syncs: number };
}

/** The machine's disk behind a door. */
export function moodyDisk(): MoodyDisk {
  const disk = machineDisk();
  let open: Promise<void> = Promise.resolve();
  let openDoor: (() => void) | undefined;
  const counts = { writes: 0, syncs: 0 };
  const moody: MoodyDisk = {
    refuse: undefined,
    refuseSync: undefined,
    counts,
    hold() {
      // A second door would leave those who wait before the first one there for ever.
      if (openDoor !== undefined) return;
      open = new Promise((resolve) => {
        openDoor = resolve;
      });
    },
    release() {
      openDoor?.();
      openDoor = undefined;
    },
    async create(file) {
      if (moody.refuse !== undefined) throw moody.refuse;
      const segment = await disk.create(file);
      return {
        async write(bytes, position) {
          await open;
          const { refuse } = moody;
          if (refuse !== undefined) {
            // A full disk takes a part, here less than a row.
            await segment.write(bytes.subarray(0, 20), position);
            throw refuse;
          }
          counts.writes += 1;
          await segment.write(bytes, position);
        },
        async sync() {
          const refuse = moody.refuseSync;
          moody.refuseSync = undefined;
          if (refuse !== undefined) throw refuse;
          counts.syncs += 1;
          await segment.sync();
        },
        close: () => segment.close(),
      };
    },
    replace: (file, text) => disk.replace(file, text),
  };
  return moody;
}
