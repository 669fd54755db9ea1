import { PageTitle } from '../../components/page-title.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { mallRights } from '../../session.tsx';
import { UploadButton } from '../../upload/upload-button.tsx';

export default function Page({ mall }: MallPageProps) {
  return (
    <PageTitle title={`${mall.name} library`}>
      {mallRights(mall).mayEdit && <UploadButton mall={mall} folder="" />}
    </PageTitle>
  );
}
