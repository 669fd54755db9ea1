import { Group, Text } from '@mantine/core';

export function Logo() {
  return (
    <Group gap={8} wrap="nowrap">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#3b5bdb" />
        <path
          d="M7 12h18v12a1.500 1.500 0 0 1-1.500 1.500h-15A1.500 1.500 0 0 1 7 24zM6 7.500A1.500 1.500 0 0 1 7.500 6h17A1.500 1.500 0 0 1 26 7.500V10H6z"
          fill="#fff"
        />
        <path d="m10 22 4-5 3 3.500 2-2.500 3 4z" fill="#3b5bdb" />
      </svg>
      <Text fw={700} visibleFrom="xs">
        Stockroom
      </Text>
    </Group>
  );
}
