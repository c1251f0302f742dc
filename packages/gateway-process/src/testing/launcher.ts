import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import { directDriver } from '../drivers/direct-driver.js';
import { GatewayProcess } from '../gateway/gateway-process.js';

// Starts a gateway, says its process id, and waits to be killed.
const [gatewayPath = '', stateDir = '', port = '', ...args] = process.argv.slice(2);
const gateway = new GatewayProcess({ driver: directDriver({ gatewayPath, args }), stateDir, port: Number(port), probeEveryMs: 50 });
gateway.events.on('gateway.stateChanged', ({ phase, pid }) => process.stdout.write(`${phase} ${pid ?? 0}\n`));
await gateway.start();
systemClock().setTimer(600_000, () => process.exit(0));
