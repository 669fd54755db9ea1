-- Who writes blobs and counts their bytes itself, at the end of its transaction, sets stockroom.bytes to 'later': the lock of
-- the mall's row, for which all others that write into the mall wait, is held for a moment only.
CREATE OR REPLACE FUNCTION "count_blob_bytes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF current_setting('stockroom.bytes', true) = 'later' THEN
      RETURN NULL;
    END IF;
    UPDATE "malls" SET "used_bytes" = "used_bytes" + "moved"."bytes"
    FROM (SELECT "mall_id", sum("size") AS "bytes" FROM "changed" GROUP BY 1) AS "moved" WHERE "id" = "moved"."mall_id";
  ELSE
    UPDATE "malls" SET "used_bytes" = "used_bytes" - "moved"."bytes"
    FROM (SELECT "mall_id", sum("size") AS "bytes" FROM "changed" GROUP BY 1) AS "moved" WHERE "id" = "moved"."mall_id";
  END IF;
  RETURN NULL;
END $$;
