"""What every file has around its source and detector. Words in angle brackets are filled in.

Lines that begin with ``#:`` are optional keys, and ``# or key: ...`` may replace the line of that key before it.
"""

#: Names of the kinds of processes, where there are several.
PROCESSES = {"nu-e": "electrons", "cevns": "nuclei"}
#: The file in the order in which it is written.
FRAME = {
    "head": """\
# yaml-language-server: $schema=nudipole.schema.json
# (for editors that complete and check the keys; nudipole schema -o nudipole.schema.json makes the schema)
#
# A file to start from. The numbers are typical of the field, placeholders all of them: replace them by yours.
# Lines with #: are optional keys; take the two signs away to use them. Next:
#   nudipole check my.yaml                what the file means: flux, recoils, response, counts
#   nudipole limit my.yaml                the limit on mu_nu; others with --parameter q_e, r2_e, ...
#   nudipole sensitivity my.yaml --vary "exposure=<exposures>"
#   nudipole sensitivity my.yaml --vary detector.threshold=<thresholds>

name: <name>  # names the files that are written
title: <title>
reference: [{texkey: "Me:2026abc"}]  # INSPIRE key; also title, arxiv, doi, where
notes: placeholders, nothing measured  # where every number comes from
""",
    "source": "source:\n",
    "target": """\
target:
  <target>
  #: enrichment: <isotopes>  # by number of atoms
exposure: <exposure>  # mass times live time
""",
    "process": "process:  # one; for several write processes, by name\n",
    "processes": "processes:  # by name, in the same bins; for a single one write process\n",
    "nu-e": """\
  kind: nu-e
  binding: stepping  # or free; stepping: electrons count above their binding energy
  couplings: one-loop  # or tree
""",
    "angle": """\
  kind: nu-e
  binding: free  # or stepping; matters near binding energies
  couplings: one-loop  # or tree
  angle: {E_theta2: 5 MeV, sigma: 10 mrad}  # cut on the angle to the beam, and its error in each plane
  # or angle: {cos_theta: 0.99, sigma: 10 mrad}
""",
    "cevns": """\
  kind: cevns
  couplings: one-loop  # or tree
  form_factor: helm  # or klein-nystrand, symmetrised-fermi, unity
  quenching: <quenching>  # kinds: <quenchings>
  # or quenching: <other quenching>
  # or quenching: {kind: table, unit: keV, T: [0.5, 1, 5], E_ee: [0.08, 0.18, 1.1]}
""",
    "unseen": "  # recoils this small are below what such detectors see today; the bins begin at a tenth of them\n",
    "detector": """\
detector:  # energies are those seen, of nuclei after quenching
  bins: <bins>
  # or bins: <other bins>
""",
    "response": """\
  #: threshold: <threshold>  # bins below it are left out
  resolution: <resolution>
  # or resolution: <other resolution>
  # kinds: <resolutions>
  efficiency: {of: reconstructed, constant: 0.9}  # of the energy seen, or of the true one
  # or efficiency: {of: reconstructed, file: efficiency.csv}
  # or efficiency: {of: reconstructed, energy: [<nodes>], value: [0, 0.5, 0.9], unit: <unit>}
  # or efficiency: {of: true, function: erf, parameters: {plateau: 0.9, <shape>}, unit: <unit>}
""",
    "data": """\
data: asimov  # a projection; measured: a list of counts, one for each bin
# or data: {file: data.csv, column: observed}
backgrounds:
  flat:  # a name of your own; any number of backgrounds
    rate: <rate>  # in its place: counts: [...], or counts: {file: ..., column: ...}
    normalisation: {gaussian: 5 %}  # or free; {log-normal: 5 %}
    #: contains_sm_signal: true  # the template has the Standard Model's scattering in it
""",
    "nuisances": """\
nuisances:  # what one standard deviation changes; without minus it is mirrored
  quenching:
    note: <note>
    plus: <plus>
    minus: <minus>
#: shared: [quenching]  # with other experiments in a joint fit
""",
    "variants": "#: variants:  # other choices, with --variant NAME\n",
}
VARIANTS = {
    "free-background": """\
#:   free-background:
#:     note: the normalisation of the background is fitted
#:     set: {backgrounds: {flat: {normalisation: free}}}
""",
    "off": """\
#:   measured-background:
#:     note: the background is measured bin by bin with <off>
#:     set:
#:       statistics: {kind: on-off, off_exposure: <off_exposure>, off: asimov}
#:       backgrounds: {flat: {normalisation: off}}
""",
    "free-electrons": """\
#:   free-electrons:
#:     note: electrons free at any recoil energy
#:     set: <set>
""",
}
