import { abortReason, onAbort } from '@ibkit/clock';

/** Asks once for everybody who asks while the answer is under way. What is not under way is asked anew: nothing is cached. */
export class SharedRequest<T> {
  readonly #ask: () => Promise<T>;
  #underWay: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** The answer to the question that is under way, or to a new one. The signal ends the wait, not the question: others may wait as well. */
  get(signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return signal === undefined ? this.#underWay : orAborted(this.#underWay, signal);
  }
}

function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopWatching = onAbort(signal, () => {
      reject(abortReason(signal));
    });
    answer.then(resolve, reject).finally(stopWatching).catch(() => undefined);
  });
}
