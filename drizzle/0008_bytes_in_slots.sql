-- Bytes that uploads add to malls without a quota are counted here, each in one of some rows of the mall; what malls.used_bytes
-- has stays there, where the release before this one counts, and all of a mall with a quota: a mall uses the sum.
CREATE TABLE "mall_usage" (
	"mall_id" integer NOT NULL,
	"slot" smallint NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "mall_usage_mall_id_slot_pk" PRIMARY KEY("mall_id","slot")
);
--> statement-breakpoint
ALTER TABLE "mall_usage" ADD CONSTRAINT "mall_usage_mall_id_malls_id_fk" FOREIGN KEY ("mall_id") REFERENCES "public"."malls"("id") ON DELETE cascade ON UPDATE no action;
