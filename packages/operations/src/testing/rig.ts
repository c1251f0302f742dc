import { ROUTES } from '@ibkit/api-contract';
import type { BrokerOperationName, BrokerOperations, Operation, OperationInput, OperationOptions, OperationOutput } from '@ibkit/api-contract';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import type { TradingOptions } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { createOperations } from '../local-operations.js';
import type { LocalOperations } from '../local-operations.js';
import type { OperationsOptions } from '../options.js';

/** A Wednesday, an hour and a half after the open in New York. */
export const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);

/** Operations over a connection to a simulator of their own. */
export interface Rig extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
  readonly trading: Trading;
  readonly operations: LocalOperations;
  /** Calls an operation and holds its answer to the contract: as JSON it is all there, and nothing is in it that the schema does not name. */
  ask<K extends BrokerOperationName>(name: K, input: OperationInput<K>, options?: OperationOptions): Promise<OperationOutput<K>>;
  /** The typed error that an operation ends with. */
  refusal<K extends BrokerOperationName>(name: K, input: OperationInput<K>, options?: OperationOptions): Promise<IbkrError>;
}

/** What a rig is made with. */
export interface RigOptions {
  readonly simulator?: SimulatorOptions | undefined;
  readonly operations?: Partial<OperationsOptions> | undefined;
  readonly trading?: Partial<TradingOptions> | undefined;
  /** A simulator that is there already, and stays: for restarts. */
  readonly on?: Simulator | undefined;
}

/** Calls an operation by its name. */
function call<K extends BrokerOperationName>(operations: BrokerOperations, name: K, input: OperationInput<K>, options?: OperationOptions): Promise<OperationOutput<K>> {
  const operation: Operation<K> = operations[name];
  return operation(input, options);
}

/** The difference between an answer and what the contract says of it is an error. */
export function heldToContract<K extends BrokerOperationName>(name: K, answer: OperationOutput<K>): OperationOutput<K> {
  const sent: unknown = JSON.parse(JSON.stringify(answer));
  const read: unknown = ROUTES[name].response.parse(sent);
  if (JSON.stringify(sorted(read)) !== JSON.stringify(sorted(sent))) throw new Error(`${name} answers more than its schema names: ${JSON.stringify(sent)} instead of ${JSON.stringify(read)}`);
  if (JSON.stringify(sorted(sent)) !== JSON.stringify(sorted(answer)) || hasHoles(answer)) throw new Error(`${name} answers what JSON cannot carry, or keys without a value`);
  return answer;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

/** Keys whose value is `undefined`, and numbers that JSON makes `null`. */
export function hasHoles(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (Array.isArray(value)) return value.some((item) => item === undefined || hasHoles(item));
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => item === undefined || hasHoles(item));
}

/** Connects operations to a simulator, with an open order gate. */
export async function createRig({ simulator: simulatorOptions, operations: more, trading: tradingOptions, on }: RigOptions = {}): Promise<Rig> {
  const simulator = on ?? await createSimulator({ startAtMs: IN_SESSION_MS, ...simulatorOptions });
  const connection = new ConnectionManager({ port: simulator.port, reconnect: { initialMs: 1, maxMs: 1 } });
  const marketData = new MarketData({ connection });
  const trading = new Trading({ connection, marketData, ...tradingOptions });
  const operations = createOperations({ connection, marketData, trading, mode: 'paper', version: '1.2.3', ...more });
  await trading.start();
  await connection.connect();
  await trading.ready();
  const ask: Rig['ask'] = async (name, input, options) => heldToContract(name, await call(operations, name, input, options));
  return {
    simulator, connection, marketData, trading, operations, ask,
    async refusal(name, input, options) {
      try {
        await call(operations, name, input, options);
      } catch (error) {
        if (isIbkrError(error)) return error;
        throw error;
      }
      throw new Error(`${name} did not refuse`);
    },
    async [Symbol.asyncDispose]() {
      await operations.close();
      await trading.close();
      await marketData.close();
      await connection.close();
      if (on === undefined) await simulator.close();
    },
  };
}
