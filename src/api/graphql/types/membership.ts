import type { MallMemberRecord } from '../../../services/mall/load-members.ts';
import { removeMallMember } from '../../../services/mall/remove-mall-member.ts';
import { setMallMember } from '../../../services/mall/set-mall-member.ts';
import type { MembershipRecord } from '../../../services/user/load-memberships.ts';
import { builder } from '../builder.ts';
import { Mall } from './mall.ts';
import { User } from './user.ts';

const MallRole = builder.enumType('MallRole', {
  description: 'What a member may do in a mall.',
  values: {
    OWNER: { description: 'Everything, members too.' },
    EDITOR: { description: 'Upload and change materials.' },
    VIEWER: { description: 'See them.' },
  } as const,
});

const MyMallRole = builder.enumType('MyMallRole', {
  description: 'What the user is in a mall.',
  values: {
    ADMIN: { description: 'An administrator, who may do everything in every mall.' },
    OWNER: { description: 'As in MallRole.' },
    EDITOR: { description: 'As in MallRole.' },
    VIEWER: { description: 'As in MallRole.' },
  } as const,
});

const MallMember = builder.objectRef<MallMemberRecord>('MallMember').implement({
  description: 'Somebody who may enter a mall.',
  fields: (t) => ({
    user: t.expose('user', { type: User, description: 'Who it is.' }),
    role: t.expose('role', { type: MallRole, description: 'What they may do there.' }),
  }),
});

const Membership = builder.objectRef<MembershipRecord>('Membership').implement({
  description: 'A mall that somebody may enter.',
  fields: (t) => ({
    mall: t.expose('mall', { type: Mall, description: 'The mall.' }),
    role: t.expose('role', { type: MallRole, description: 'What they may do there.' }),
  }),
});

builder.objectFields(Mall, (t) => ({
  members: t.field({
    type: [MallMember],
    nullable: true,
    description: "By user id; null for those who may not see them: the mall's owners and administrators may.",
    resolve: ({ id }, _args, { loaders }) => loaders.members.load(id),
  }),
  myRole: t.field({
    type: MyMallRole,
    nullable: true,
    description: 'What the user is in this mall.',
    resolve: ({ id }, _args, { loaders }) => loaders.roles.load(id),
  }),
}));

builder.objectFields(User, (t) => ({
  memberships: t.field({
    type: [Membership],
    nullable: true,
    description: 'The malls that the user may enter. Only administrators and the user see it.',
    resolve: ({ id }, _args, { loaders }) => loaders.memberships.load(id),
  }),
}));

builder.mutationField('setMallMember', (t) =>
  t.field({
    type: MallMember,
    description:
      "Adds a member, or gives one another role, which ends their sessions. For the mall's owners and administrators.",
    args: {
      mallId: t.arg.int({ required: true, description: "The mall's number." }),
      userId: t.arg.int({ description: 'Who; or give `username`.' }),
      username: t.arg.string({ description: 'Who, in any case; or give `userId`.' }),
      role: t.arg({ type: MallRole, required: true, description: 'What they may do there.' }),
    },
    resolve: async (_root, args, { ctx }) => await setMallMember(ctx, args),
  }),
);

builder.mutationField('removeMallMember', (t) =>
  t.boolean({
    description: "Takes a member out and ends their sessions. For the mall's owners and administrators.",
    args: {
      mallId: t.arg.int({ required: true, description: "The mall's number." }),
      userId: t.arg.int({ required: true, description: 'Who.' }),
    },
    resolve: async (_root, args, { ctx }) => {
      await removeMallMember(ctx, args);
      return true;
    },
  }),
);
