#!/usr/bin/env node
import process from 'node:process';
import { processIo } from './terminal/process-io.js';
import { main } from './program/program.js';

void main(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
