import process from 'node:process';
import { runSoak } from './soak.js';

process.exitCode = (await runSoak()) ? 0 : 1;
