import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A published workspace member. */
export interface Member {
  readonly name: string;
  readonly dir: string;
  /** Import specifiers of its code entries: `@ibkit/clock`, `@ibkit/clock/testing`. */
  readonly specifiers: readonly string[];
  /** Files that it exports as data, such as `./scenarios/*`: their place in the package, a pattern included. */
  readonly data: readonly string[];
  /** Programs that it installs. */
  readonly bins: readonly string[];
  /** Packages that some of its entries want and that it does not bring: optional peers. */
  readonly optionalPeers: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

/** Every member below `packages/` and `apps/` that is not private. */
export function publishedMembers(root: string): readonly Member[] {
  const members: Member[] = [];
  for (const group of ['packages', 'apps']) {
    for (const entry of readdirSync(path.join(root, group)).sort()) {
      const dir = path.join(root, group, entry);
      const manifest: unknown = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
      if (!isManifest(manifest)) throw new Error(`${dir}/package.json has no name`);
      if (manifest.private === true) continue;
      const exported = Object.entries(manifest.exports ?? {});
      const entries = exported.filter(([, target]) => typeof target === 'object').map(([key]) => key);
      const data = exported.flatMap(([, target]) => (typeof target === 'string' ? [target] : []));
      members.push({
        name: manifest.name,
        dir,
        specifiers: entries.map((key) => manifest.name + key.slice(1)),
        data,
        bins: Object.keys(manifest.bin ?? {}),
        optionalPeers: Object.entries(manifest.peerDependenciesMeta ?? {}).flatMap(([name, { optional }]) => (optional === true ? [name] : [])),
      });
    }
  }
  return members;
}
