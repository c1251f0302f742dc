import { describe, expect, it } from 'vitest';
import { Access } from './access.js';

describe('Access', () => {
  const access = new Access({
    tokens: { tokenFile: '/home/somebody/.local/state/ibkit/admin.token', find: () => undefined, isSecret: () => false, used: () => undefined },
    quotas: { take: () => undefined },
    anonymousPerMinute: 10,
  });
  const refusal = (remoteAddress: string | undefined): string => {
    const admission = access.admit(undefined, { headers: {}, rawHeaders: [], url: '/', socket: { remoteAddress } }, 'read');
    return admission.ok ? '' : admission.problem.detail;
  };

  it('tells whoever is on this machine where the token is, and nobody else', () => {
    for (const local of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', undefined]) expect(refusal(local)).toContain('/home/somebody');
    for (const stranger of ['10.0.0.5', '::ffff:10.0.0.5', '2001:db8::1', '1.127.0.0']) {
      expect(refusal(stranger)).not.toContain('/home');
      expect(refusal(stranger)).toContain('Authorization: Bearer TOKEN');
    }
  });
});
