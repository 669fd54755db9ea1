import { useEffect } from 'react';
import { useSession } from '../session.tsx';
import { UploadArea } from './upload-area.tsx';
import { useUploads } from './uploads.tsx';

/** Lets uploads go on while their user is logged in, and takes what is dropped or pasted. */
export function UploadsOfUser() {
  const uploads = useUploads();
  const { me } = useSession();
  useEffect(() => {
    uploads.setUser(me.id);
    return () => uploads.setUser(undefined);
  }, [uploads, me.id]);
  return <UploadArea />;
}
