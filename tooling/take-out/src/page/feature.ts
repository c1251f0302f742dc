/** What a name of the page stands for. */
export type Feature =
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'member'; readonly owner: string; readonly name: string }
  /** Of a function (no method), of a constructor (no method) or of a method. */
  | { readonly kind: 'option'; readonly owner: string; readonly method: string | undefined; readonly option: string }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'fault'; readonly name: string }
  | { readonly kind: 'command'; readonly words: readonly string[] }
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'route'; readonly method: string; readonly path: string }
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'address'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string };

/** A feature with the name that the page gives it, or the part of it that is meant: `connect({ timeoutMs })`. */
export interface NamedFeature {
  readonly label: string;
  readonly feature: Feature;
}

/** What a name of the page stands for: several things when it has several options. */
export function featuresOf(name: string): readonly NamedFeature[] {
  const one = (feature: Feature): readonly NamedFeature[] => [{ label: name, feature }];
  const route = /^(GET|POST|PUT|PATCH|DELETE) (\/\S+)$/.exec(name);
  if (route !== null) return one({ kind: 'route', method: route[1] ?? '', path: route[2] ?? '' });
  const topic = /^topic (\w+)$/.exec(name);
  if (topic !== null) return one({ kind: 'topic', name: topic[1] ?? '' });
  if (/^ibkit\b/.test(name)) return one({ kind: 'command', words: name.split(' ').slice(1) });
  if (name.startsWith('--')) return one({ kind: 'flag', flag: name });
  const text = /^(on|fault)\('([^']+)'\)$/.exec(name);
  if (text !== null) return one({ kind: text[1] === 'on' ? 'event' : 'fault', name: text[2] ?? '' });
  if (name.startsWith('/')) return one({ kind: 'address', path: name });
  if (/^(?:apps|examples|tooling|deploy)(?:\/|$)/.test(name)) return one({ kind: 'folder', path: name });
  const called = /^(\w+)(?:\.(\w+))?\(\{ (.+) \}\)$/.exec(name);
  if (called !== null) {
    const [, owner = '', method, list = ''] = called;
    const callee = method === undefined ? owner : `${owner}.${method}`;
    return list.split(', ').map((option) => ({ label: `${callee}({ ${option} })`, feature: { kind: 'option', owner, method, option } }));
  }
  const dotted = /^(\w+)\.(\w+)(?:\(\))?$/.exec(name);
  if (dotted !== null) return one({ kind: 'member', owner: dotted[1] ?? '', name: dotted[2] ?? '' });
  return one({ kind: 'value', name: name.replace(/\(\)$/, '') });
}
