#!/bin/sh
# A sweep over widths and disturbances on a Slurm cluster, in as many pieces as
# the array has tasks:
#
#	mkdir -p results
#	sbatch --wait examples/sweep/slurm.sh && synfire merge results
#
#SBATCH --job-name=synfire-sweep
#SBATCH --array=1-4
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=00:30:00
#SBATCH --output=results/%A_%a.log
exec synfire eval examples/mnist/lifs_mnist.nir \
	-t ref,loihi1 --bits 8,4,3 --mismatch 0.1,0.2 --seeds 5 \
	-i examples/mnist/digits.npz --encode if --steps 25 \
	--results results --shard auto --threads "${SLURM_CPUS_PER_TASK:-0}"
