import process from 'node:process';
import { SUBJECTS, measure } from './subjects.js';

// A process of its own: every run starts cold and shares nothing with another subject.
const [, , name, port, warmUpRounds, rounds] = process.argv;
const subject = SUBJECTS.find((each) => each === name);
if (subject === undefined) throw new Error(`usage: subject ${SUBJECTS.map((each) => `"${each}"`).join('|')} PORT WARM_UP_ROUNDS ROUNDS`);
const measurement = await measure(subject, { port: Number(port), warmUpRounds: Number(warmUpRounds), rounds: Number(rounds) });
process.send?.(measurement);
process.disconnect();
