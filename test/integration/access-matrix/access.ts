import type { Reach, Role } from './world.ts';

/** What comes: the thing, nothing in one of its forms, or an error's code. */
export type Outcome = string;
export type Access = (role: Role, reach: Reach) => Outcome;

type Scope = 'READ' | 'WRITE' | 'MANAGE';
type Rank = 'viewer' | 'editor' | 'owner';

const RANKS: Partial<Record<Role, number>> = {
  viewer: 1,
  editor: 2,
  owner: 3,
  readToken: 3,
  writeToken: 3,
  manageToken: 3,
  mallToken: 4,
  admin: 4,
};
const SCOPES: Partial<Record<Role, Scope>> = {
  readToken: 'READ',
  writeToken: 'WRITE',
  manageToken: 'MANAGE',
};

/**
 * Things of malls: members of sufficient rank and administrators reach them, lower members are told so, and for
 * everybody else they are not there.
 * @param hidden what those get who must not know that the thing exists.
 */
export function ofMall(scope: Scope, rank: Rank, hidden: Outcome): Access {
  return (role, reach) => {
    const refusal = notIn(role) ?? withoutScope(role, scope);
    if (refusal) return refusal;
    const sees = reach === 'own' ? role !== 'stranger' : reach === 'foreign' && role === 'admin';
    if (!sees) return hidden;
    return (RANKS[role] ?? 0) >= (RANKS[rank] ?? 0) ? 'ok' : 'FORBIDDEN';
  };
}

/**
 * What only administrators may do; not with a token for one mall.
 * @param others what everybody else gets.
 */
export function ofAdmins(scope: Scope, absent: Outcome, others: Outcome = 'FORBIDDEN'): Access {
  return (role, reach) => {
    const refusal = notIn(role) ?? withoutScope(role, scope);
    if (refusal) return refusal;
    if (role !== 'admin') return others;
    return reach === 'absent' ? absent : 'ok';
  };
}

/** What everybody with a session may do with what is their own; tokens may not. */
export function ofSessions(mayBeFresh = false): Access {
  return (role) => {
    if (role.endsWith('Token')) return 'FORBIDDEN';
    if (mayBeFresh && role === 'fresh') return 'ok';
    return notIn(role) ?? 'ok';
  };
}

/** What everybody may do who is logged in, tokens that may read too. */
export function ofReaders(): Access {
  return (role) => notIn(role) ?? withoutScope(role, 'READ') ?? 'ok';
}

/**
 * Things of one user who has none of the roles: administrators reach them too, but not by a token for one mall.
 * @param hidden what everybody else gets.
 */
export function ofOneUser(scope: Scope, hidden: Outcome): Access {
  return (role, reach) => {
    const refusal = notIn(role) ?? withoutScope(role, scope);
    if (refusal) return refusal;
    return role === 'admin' && reach !== 'absent' ? 'ok' : hidden;
  };
}

/** The same for all but some. */
export function forAll(outcome: Outcome, others: Partial<Record<Role, Outcome>> = {}): Access {
  return (role) => others[role] ?? outcome;
}

function notIn(role: Role): Outcome | undefined {
  if (role === 'visitor') return 'LOGIN_REQUIRED';
  return role === 'fresh' ? 'PASSWORD_CHANGE_REQUIRED' : undefined;
}

function withoutScope(role: Role, scope: Scope): Outcome | undefined {
  const own = SCOPES[role];
  return own === undefined || own === scope ? undefined : 'FORBIDDEN';
}
