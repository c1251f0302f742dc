import type { StreamWatching } from '../liveness/watched-stream.js';

/** Nobody watches: for tests of streams whose silence is not the question. */
export const UNWATCHED: StreamWatching = {
  watch: () => ({ heard: () => undefined, notice: () => undefined, close: () => undefined }),
};
