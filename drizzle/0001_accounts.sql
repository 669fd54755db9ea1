CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" integer NOT NULL,
	"name" text NOT NULL,
	"token_hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"mall_id" integer,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quota_reservations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mall_id" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "malls" ADD COLUMN "quota_bytes" bigint;--> statement-breakpoint
ALTER TABLE "malls" ADD COLUMN "used_bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_mall_id_malls_id_fk" FOREIGN KEY ("mall_id") REFERENCES "public"."malls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quota_reservations" ADD CONSTRAINT "quota_reservations_mall_id_malls_id_fk" FOREIGN KEY ("mall_id") REFERENCES "public"."malls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_hash" ON "api_tokens" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "api_tokens_user" ON "api_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "quota_reservations_mall" ON "quota_reservations" USING btree ("mall_id");--> statement-breakpoint
CREATE INDEX "memberships_mall" ON "memberships" USING btree ("mall_id");--> statement-breakpoint
UPDATE "malls" SET "used_bytes" = coalesce((SELECT sum("size") FROM "blobs" WHERE "mall_id" = "malls"."id"), 0);--> statement-breakpoint
CREATE FUNCTION "count_blob_bytes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE "malls" SET "used_bytes" = "used_bytes" + "moved"."bytes"
    FROM (SELECT "mall_id", sum("size") AS "bytes" FROM "changed" GROUP BY 1) AS "moved" WHERE "id" = "moved"."mall_id";
  ELSE
    UPDATE "malls" SET "used_bytes" = "used_bytes" - "moved"."bytes"
    FROM (SELECT "mall_id", sum("size") AS "bytes" FROM "changed" GROUP BY 1) AS "moved" WHERE "id" = "moved"."mall_id";
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "blobs_inserted" AFTER INSERT ON "blobs" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_blob_bytes"();--> statement-breakpoint
CREATE TRIGGER "blobs_deleted" AFTER DELETE ON "blobs" REFERENCING OLD TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_blob_bytes"();
