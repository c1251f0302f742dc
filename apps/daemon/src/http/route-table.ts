import { ROUTES } from '@ibkit/api-contract';
import type { DaemonOperations, OperationInput, OperationOptions, OperationOutput, Route, RouteName } from '@ibkit/api-contract';

/** The name of every route. */
export function routeNames(): readonly RouteName[] {
  return Object.keys(ROUTES).filter(isRouteName);
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(ROUTES, name);
}

/** Whoever asks has read the input with the schemas of this very route, which is what the type says; what is left to see is that it has the right parts. */
function isInputOf<K extends RouteName>(name: K, input: Readonly<Record<string, unknown>>): input is Readonly<Record<string, unknown>> & OperationInput<K> {
  return 'body' in ROUTES[name] === 'body' in input;
}

/** Calls the operation of a route with an input that its schemas have accepted. */
export async function callOperation<K extends RouteName>(name: K, operations: DaemonOperations, input: Readonly<Record<string, unknown>>, options: OperationOptions): Promise<OperationOutput<K> | undefined> {
  return isInputOf(name, input) ? await operations[name](input, options) : undefined;
}

interface Pattern {
  readonly method: Route['method'];
  readonly matches: RegExp;
}

function patternOf({ method, path }: Pick<Route, 'method' | 'path'>): Pattern {
  return { method, matches: new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+')}$`) };
}

/** Which methods a path takes. */
export class MethodTable {
  readonly #patterns: readonly Pattern[];

  /** @param extra paths beside the contract's, all of method GET */
  constructor(extra: readonly string[]) {
    this.#patterns = [...Object.values<Route>(ROUTES), ...extra.map((path) => ({ method: 'GET' as const, path }))].map(patternOf);
  }

  /** The methods of a path (without its query), for the header `Allow`; none when there is no such path. */
  of(path: string): readonly string[] {
    const methods = this.#patterns.flatMap(({ method, matches }) => (matches.test(path) ? [method] : []));
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].sort();
  }
}
