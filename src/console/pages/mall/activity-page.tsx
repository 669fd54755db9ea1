import { PageTitle } from '../../components/page-title.tsx';
import type { MallPageProps } from '../../routes.tsx';

export default function Page({ mall }: MallPageProps) {
  return <PageTitle title={`${mall.name} activity`} />;
}
