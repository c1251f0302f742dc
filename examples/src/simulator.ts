// A simulator for the other examples: tsx src/simulator.ts 4002      Ctrl-C ends it
import { once } from 'node:events';
import process from 'node:process';
import { createSimulator } from '@ibkit/simulator';
import { gatewayAddress } from './gateway-address.js';

await using simulator = await createSimulator({ port: gatewayAddress().port });
console.log(`a simulated gateway with paper money listens on ${simulator.host}:${simulator.port}`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
