import { useNotifications } from '@mantine/notifications';
import { lazy, Suspense } from 'react';

const Notifications = lazy(() =>
  import('@mantine/notifications').then((library) => ({ default: library.Notifications })),
);

/** What pages tell by `notifications.show`. How it is drawn is loaded with the first one. */
export function Notices() {
  const { notifications } = useNotifications();
  return (
    notifications.length > 0 && (
      <Suspense>
        <Notifications position="bottom-center" />
      </Suspense>
    )
  );
}
