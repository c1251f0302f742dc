import type { GatewayDriver } from './driver.js';

/** Looks at a gateway that somebody else starts and stops: a person, a container, a service manager. It never signals anything. */
export function externalDriver(): GatewayDriver {
  return {
    name: 'external',
    readSign: () => undefined,
    exitReason: () => undefined,
    redact: (line) => line,
    cleanUp: () => Promise.resolve(),
  };
}
