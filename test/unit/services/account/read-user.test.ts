import { describe, expect, test } from 'bun:test';
import { readHeader, readUser } from '../../../../src/services/account/import/read-user.ts';

const MD5 = 'D41D8CD98F00B204E9800998ECF8427E';
const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const legacy = { algorithm: 'md5', salt: 'salt' } as const;

function read(columns: string, cells: readonly (string | { problem: string })[], digests = true) {
  const header = readHeader({ number: 1, cells: columns.split(',') });
  return readUser({ number: 7, cells }, header, digests ? legacy : undefined);
}

describe('the first row of users', () => {
  test('names the columns in any order and any case', () => {
    const { columns, ignored } = readHeader({
      number: 1,
      cells: ['Created', ' PASSWORD ', 'username', ''],
    });
    expect([...columns]).toEqual([
      ['username', 2],
      ['password', 1],
    ]);
    expect(ignored).toEqual(['created']);
  });

  test.each([
    ['alice,secret', /must name the columns/],
    ['username,role', /no column password/],
    ['username,password,username', /two columns username/],
  ])('%s is refused', (columns, detail) => {
    let thrown: unknown;
    try {
      readHeader({ number: 1, cells: columns.split(',') });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'PARAMS_INVALID', detail: expect.stringMatching(detail) });
  });
});

describe('a row of users', () => {
  test('is read whole', () => {
    const columns = 'username,password,user_id,role,malls,status';
    expect(read(columns, [' alice ', 'open sesame', '42', 'admin', '1:EDITOR; 2:viewer', '1'])).toEqual({
      row: 7,
      username: 'alice',
      secret: { kind: 'password', text: 'open sesame' },
      userId: 42,
      role: 'ADMIN',
      disabled: false,
      malls: [
        { mallId: 1, role: 'EDITOR' },
        { mallId: 2, role: 'VIEWER' },
      ],
    });
  });

  test.each(['0', '2', '', 'yes'])('with the status %p is disabled', (status) => {
    expect(read('username,password,status', ['a', 'open sesame', status])).toMatchObject({ disabled: true });
  });

  test('without a column for the status says nothing of it', () => {
    expect(read('username,password', ['a', 'open sesame'])).toMatchObject({ disabled: undefined });
  });

  test('has a digest where the password is as long as one of the algorithm', () => {
    const digest = { secret: { kind: 'digest', text: MD5 } };
    expect(read('username,password', ['a', MD5])).toMatchObject(digest);
    expect(read('username,password_digest', ['a', ` ${MD5} `])).toMatchObject(digest);
  });

  test.each([
    ['username,password', ['a', ''], /no password/],
    ['username,password', ['a', SHA1], /not of md5/],
    ['username,password_digest', ['a', 'x'], /not of md5/],
    ['username,password,password_digest', ['a', 'open sesame', MD5], /both given/],
    ['username,password', ['', 'open sesame'], /1 to 100/],
    ['username,password', ['a\u0000', 'open sesame'], /control/],
    ['username,password,user_id', ['a', 'open sesame', '0'], /user_id/],
    ['username,password,user_id', ['a', 'open sesame', '2147483647'], /user_id/],
    ['username,password,role', ['a', 'open sesame', 'ROOT'], /ADMIN or MEMBER/],
    ['username,password,malls', ['a', 'open sesame', '1'], /1:EDITOR/],
    ['username,password,malls', ['a', 'open sesame', '1:EDITOR;1:OWNER'], /twice/],
    ['username,password', [{ problem: 'is a date' }, 'open sesame'], /^username is a date$/],
  ] as const)('of %s with %p is a problem', (columns, cells, problem) => {
    expect(read(columns, cells)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  test('asks for PASSWORD_LEGACY where it has what looks like a digest', () => {
    for (const columns of ['username,password', 'username,password_digest']) {
      expect(read(columns, ['a', MD5], false)).toEqual([expect.stringContaining('set PASSWORD_LEGACY')]);
    }
  });

  test('tells only what it is that cannot be read', () => {
    expect(read('username,password', ['a', { problem: 'is a date' }])).toEqual(['password is a date']);
  });

  test('tells everything that is wrong at once', () => {
    const columns = 'username,password,role,user_id';
    expect(read(columns, ['a', '', 'ROOT', 'x'])).toHaveLength(3);
  });
});
