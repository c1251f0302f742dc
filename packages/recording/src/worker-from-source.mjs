// Never published: lets a thread run from the sources, which Node 20 does not read by itself.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
