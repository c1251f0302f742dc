import type { Clock, Timer } from '@ibkit/clock';

/** What an {@link observedSource} looks at. */
export interface Observed<T> {
  readonly clock: Clock;
  readonly read: () => Promise<T> | T;
  /** Calls `look` when it may have changed. */
  readonly watch: (look: () => void) => readonly (() => void)[];
  /** Looks from time to time as well, for what tells nobody. Milliseconds. */
  readonly everyMs?: number | undefined;
  /** What tells two apart. @defaultValue all of it */
  readonly compared?: ((data: T) => unknown) | undefined;
}

/** Where it is told: the changes of these topics carry all of it. */
export interface WholeSink<T> {
  whole(data: T): void;
  delta(data: T): void;
  stale(cause: string): void;
}

/** Something that can be read and says when to look again; told when it is another than before. Many hints in one turn are one look. */
export function observedSource<T>(observed: Observed<T>, sink: WholeSink<T>): { close(): Promise<void> } {
  const { clock, read, watch, everyMs, compared = (data: T): unknown => data } = observed;
  let told: string | undefined;
  let [closed, looking, again] = [false, false, false];
  let timer: Timer | undefined;
  const take = (data: T): void => {
    const seen = JSON.stringify(compared(data));
    const [isFirst, isSame] = [told === undefined, told === seen];
    told = seen;
    if (isSame || closed) return;
    if (isFirst) sink.whole(data);
    else sink.delta(data);
  };
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      // Whatever else this turn of the loop brings is in it, too.
      await Promise.resolve();
      try {
        take(await read());
      } catch (error) {
        if (!closed) sink.stale(`it could not be read: ${error instanceof Error ? error.message : String(error)}`);
      }
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set while it waited
    } while (again && !closed);
    looking = false;
  };
  const beat = (): void => {
    if (everyMs === undefined || closed) return;
    timer = clock.setTimer(everyMs, () => {
      void look();
      beat();
    }, { keepAlive: false });
  };
  const offs = watch(() => {
    void look();
  });
  void look();
  beat();
  return {
    close: () => {
      closed = true;
      timer?.cancel();
      for (const off of offs) off();
      return Promise.resolve();
    },
  };
}
