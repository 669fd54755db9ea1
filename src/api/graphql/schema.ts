import { builder } from './builder.ts';
import './scalars.ts';
import './types/user.ts';
import './types/session.ts';
import './types/api-token.ts';
import './types/mall.ts';
import './types/membership.ts';
import './types/users.ts';
import './types/material.ts';
import './types/mall-usage.ts';
import './types/material-list.ts';
import './types/folder.ts';
import './types/material-changes.ts';
import './types/upload.ts';
import './types/download-link.ts';
import './types/export-job.ts';
import './types/report.ts';
import './types/material-life.ts';
import './types/audit.ts';
import './types/remote-picture.ts';
import './types/qr-code.ts';
import './types/webhook.ts';

builder.queryType();
builder.mutationType();
builder.subscriptionType();

export const schema = builder.toSchema();
