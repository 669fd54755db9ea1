CREATE TABLE "task_runs" (
	"task" text PRIMARY KEY NOT NULL,
	"begun_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "blobs_storage_key";--> statement-breakpoint
ALTER TABLE "malls" ADD COLUMN "default_visibility" text DEFAULT 'PUBLIC' NOT NULL;--> statement-breakpoint
ALTER TABLE "materials" ADD COLUMN "focal_x" real;--> statement-breakpoint
ALTER TABLE "materials" ADD COLUMN "focal_y" real;--> statement-breakpoint
CREATE UNIQUE INDEX "blobs_stored" ON "blobs" USING btree ("storage_key" collate "C");--> statement-breakpoint
CREATE INDEX "materials_trash" ON "materials" USING btree ("deleted_at") WHERE "materials"."deleted_at" is not null;--> statement-breakpoint
CREATE INDEX "materials_mall_trash" ON "materials" USING btree ("mall_id","created_at","id") WHERE "materials"."deleted_at" is not null;--> statement-breakpoint
ALTER TABLE "materials" ADD CONSTRAINT "materials_focal_point" CHECK (("materials"."focal_x" is null) = ("materials"."focal_y" is null) and "materials"."focal_x" between 0 and 1 and "materials"."focal_y" between 0 and 1);