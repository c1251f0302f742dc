export { removeLockLitter } from './lock-litter.js';
export { identityOf, livenessOf, parseIdentity, thisProcess } from './process-identity.js';
export type { Liveness, ProcessIdentity } from './process-identity.js';
export { ProcessLock, SilenceWatch } from './process-lock.js';
export type { LockAttempt, LockHolder, ProcessLockOptions } from './process-lock.js';
