import { PageTitle } from '../../components/page-title.tsx';
import type { MallPageProps } from '../../routes.tsx';

export default function MaterialPage({ mall, id }: MallPageProps & { readonly id: string }) {
  return <PageTitle title={`${mall.name} ${id}`} />;
}
