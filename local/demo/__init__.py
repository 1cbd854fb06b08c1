"""The main job on one machine: a three-tier drill, from the import of its configuration to the last instance gone."""
