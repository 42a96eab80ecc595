import { Link, PageHeading } from "../app/navigation.tsx";

export function UnknownPage() {
  return (
    <>
      <PageHeading>No such page</PageHeading>
      <p>
        There is nothing at this address. <Link to="/">See what is waiting.</Link>
      </p>
    </>
  );
}
