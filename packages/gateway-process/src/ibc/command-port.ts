import { connect } from 'node:net';
import type { Clock } from '@ibkit/clock';
import type { GatewayCommand } from '../drivers/driver.js';
import { GatewayError } from '../gateway-error.js';

/** Where IBC listens for commands. */
export interface CommandPortOptions {
  /** Always this machine: the port knows no password. */
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const LONGEST_ANSWER = 65_536;

function failure(command: GatewayCommand, what: string, retryable: boolean, cause?: unknown): GatewayError {
  return new GatewayError({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: `IBC did not carry out ${command}: ${what}`, retryable, cause });
}

/**
 * Sends one command to IBC and gives its answer back, without the `OK` before it (IBC user guide: answers begin with OK, ERROR or INFO).
 * @throws {@link GatewayError} `IBKR_GATEWAY_COMMAND_FAILED`; not retryable when IBC refused
 */
export function sendCommand(command: GatewayCommand, { port, timeoutMs, clock }: CommandPortOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    const finish = (settle: () => void): void => {
      timer.cancel();
      socket.destroy();
      settle();
    };
    const fail = (what: string, retryable: boolean, cause?: unknown): void => {
      finish(() => {
        reject(failure(command, what, retryable, cause));
      });
    };
    const timer = clock.setTimer(timeoutMs, () => {
      fail(`no answer within ${timeoutMs} ms`, true);
    });
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(`${command}\n`));
    /** Whether this line was the answer. */
    const take = (line: string): boolean => {
      // A prompt may stand before the answer.
      const [, verdict, rest = ''] = /(?:^|\s|>)(OK|ERROR|INFO)\b\s*(.*)$/u.exec(line.trim()) ?? [];
      if (verdict === undefined || verdict === 'INFO') return false;
      if (verdict === 'OK') {
        finish(() => {
          resolve(rest);
        });
      } else fail(rest === '' ? 'it answered ERROR' : rest, false);
      return true;
    };
    socket.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (take(line)) return;
      }
      if (text.length > LONGEST_ANSWER) fail('it answers without end', false);
    });
    socket.on('error', (error) => {
      fail(`its command port ${port} cannot be reached: ${error.message}`, true, error);
    });
    socket.on('close', () => {
      if (take(text)) return;
      // STOP and RESTART may end the process before it has answered.
      if (command === 'STOP' || command === 'RESTART' || command === 'PAUSE') {
        finish(() => {
          resolve('');
        });
      } else fail('it closed the connection', true);
    });
  });
}
