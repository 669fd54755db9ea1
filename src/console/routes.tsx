import { Center, Loader } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { NoMallPage } from './layout/no-mall-page.tsx';
import { NotFoundPage } from './layout/not-found-page.tsx';
import { useCurrentMall } from './layout/use-current-mall.ts';
import { type Mall, mallRights, useSession } from './session.tsx';

/** A page about one mall. */
export interface MallPageProps {
  readonly mall: Mall;
}

const pages = {
  library: lazy(() => import('./pages/library/library-page.tsx')),
  trash: lazy(() => import('./pages/library/trash-page.tsx')),
  material: lazy(() => import('./pages/material/material-page.tsx')),
  fetch: lazy(() => import('./pages/fetch/fetch-page.tsx')),
  settings: lazy(() => import('./pages/mall/settings-page.tsx')),
  activity: lazy(() => import('./pages/mall/activity-page.tsx')),
  reports: lazy(() => import('./pages/reports/reports-page.tsx')),
  malls: lazy(() => import('./pages/admin/malls-page.tsx')),
  users: lazy(() => import('./pages/admin/users-page.tsx')),
  audit: lazy(() => import('./pages/admin/audit-page.tsx')),
  account: lazy(() => import('./pages/account/account-page.tsx')),
  developers: lazy(() => import('./pages/developers/developers-page.tsx')),
};

const everybody = () => true;
const editors = (mall: Mall) => mallRights(mall).mayEdit;
const managers = (mall: Mall) => mallRights(mall).mayManage;

/** Which page an address shows. Pages that the user may not use are not there. */
export function Routes() {
  const { isAdmin, malls } = useSession();
  const current = useCurrentMall();
  const ofMall = (mallId: string, isAllowed: (mall: Mall) => boolean, page: (mall: Mall) => ReactNode) => {
    const mall = malls.find(({ id }) => String(id) === mallId);
    return mall && isAllowed(mall) ? page(mall) : <NotFoundPage />;
  };
  return (
    <Suspense
      fallback={
        <Center mih="50vh">
          <Loader />
        </Center>
      }
    >
      <Switch>
        <Route path="/">
          {current ? <Redirect to={`/library/${current.id}`} replace /> : <NoMallPage />}
        </Route>
        <Route path="/login">
          <Redirect to="/" replace />
        </Route>
        <Route path="/library/:mallId">
          {({ mallId }) => ofMall(mallId, everybody, (mall) => <pages.library key={mall.id} mall={mall} />)}
        </Route>
        <Route path="/library/:mallId/materials/:id">
          {({ mallId, id }) =>
            ofMall(mallId, everybody, (mall) => <pages.material key={id} mall={mall} id={id} />)
          }
        </Route>
        <Route path="/library/:mallId/trash">
          {({ mallId }) => ofMall(mallId, editors, (mall) => <pages.trash key={mall.id} mall={mall} />)}
        </Route>
        <Route path="/library/:mallId/fetch">
          {({ mallId }) => ofMall(mallId, editors, (mall) => <pages.fetch key={mall.id} mall={mall} />)}
        </Route>
        <Route path="/library/:mallId/settings">
          {({ mallId }) => ofMall(mallId, managers, (mall) => <pages.settings key={mall.id} mall={mall} />)}
        </Route>
        <Route path="/library/:mallId/activity">
          {({ mallId }) => ofMall(mallId, managers, (mall) => <pages.activity key={mall.id} mall={mall} />)}
        </Route>
        <Route path="/reports" component={pages.reports} />
        {isAdmin && <Route path="/admin/malls" component={pages.malls} />}
        {isAdmin && <Route path="/admin/users" component={pages.users} />}
        {isAdmin && <Route path="/admin/audit" component={pages.audit} />}
        <Route path="/account" component={pages.account} />
        <Route path="/developers" component={pages.developers} />
        <Route component={NotFoundPage} />
      </Switch>
    </Suspense>
  );
}
