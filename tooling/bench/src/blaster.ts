import process from 'node:process';
import { BlastServer } from './blast-server.js';
import { WORKLOADS } from './workloads.js';

// A process of its own, so that its CPU time is not counted; it ends with the channel to its parent.
const workload = WORKLOADS.find((name) => name === process.argv[2]);
if (workload === undefined) throw new Error(`usage: blaster ${WORKLOADS.join('|')}`);
const server = await BlastServer.start(workload);
process.send?.({ port: server.port });
process.on('disconnect', () => process.exit());
