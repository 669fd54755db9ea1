import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { type Mall, useSession } from '../session.tsx';

const STORED_UNDER = 'stockroom.mall';

/** The mall of the address, else the one that was last looked at, else the first. */
export function useCurrentMall(): Mall | undefined {
  const [path] = useLocation();
  const { malls } = useSession();
  const inAddress = Number(/^\/library\/(\d+)/.exec(path)?.[1]);
  const addressed = malls.find(({ id }) => id === inAddress);
  useEffect(() => {
    if (addressed) localStorage.setItem(STORED_UNDER, String(addressed.id));
  }, [addressed]);
  const stored = Number(localStorage.getItem(STORED_UNDER));
  return addressed ?? malls.find(({ id }) => id === stored) ?? malls[0];
}
